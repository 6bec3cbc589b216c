"""YARN on this machine, to compare with: a real ResourceManager and NodeManager, by Hadoop's own jars."""
