"""One contender in a process of its own. run.py starts it and sends it one JSON line per task."""

import json
import sys

from bench.worker import Worker

if __name__ == "__main__":
    Worker(json.loads(sys.argv[1])).serve()
