"""What the tables of a Glue Data Catalog are, what becomes of each, and in which order. Offline.

output of `aws glue get-tables`  -> export: tables, with what can't be read
a table                          -> classify: its class and its traits
all of them                      -> order: waves of moves
waves                            -> report: text, or JSON
"""
