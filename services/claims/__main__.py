"""Start claims: `python -m services.claims [api|relay|reader|sweep|migrate|all]`."""

import argparse
import sys

from services.claims.app import PARTS, main

parser = argparse.ArgumentParser(prog="python -m services.claims", description=__doc__)
parser.add_argument("part", nargs="?", default="all", choices=[*PARTS, "migrate", "all"])

if __name__ == "__main__":
    sys.exit(main(parser.parse_args().part))
