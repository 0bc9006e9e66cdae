"""What run.py and worker.py are made of; as a Django app, the tables of one contender."""
