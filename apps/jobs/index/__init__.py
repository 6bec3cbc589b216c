"""What pages and questions need of all runs, in PostgreSQL: written as runs go on, rebuilt from the ledger.

The ledger in the bucket is the truth. So the index may be dropped at any time, and nothing is read from it to
decide whether something runs.
"""
