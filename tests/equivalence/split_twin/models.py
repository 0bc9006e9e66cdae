from ..build import build_all

build_all(__name__, "split_twin")
