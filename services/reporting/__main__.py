"""Start reporting: `python -m services.reporting [api|reader|migrate|all]`."""

import argparse
import sys

from services.reporting.app import PARTS, main

parser = argparse.ArgumentParser(prog="python -m services.reporting", description=__doc__)
parser.add_argument("part", nargs="?", default="all", choices=[*PARTS, "migrate", "all"])

if __name__ == "__main__":
    sys.exit(main(parser.parse_args().part))
