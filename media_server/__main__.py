"""`python -m media_server` is the `media-server` command."""

import sys

from media_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
