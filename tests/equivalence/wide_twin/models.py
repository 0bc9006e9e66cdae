from ..build import build_all

build_all(__name__, "wide_twin")
