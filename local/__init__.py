"""The platform on one machine: tools, embedded cluster, images and the commands behind the Makefile."""
