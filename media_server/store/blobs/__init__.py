"""Where recordings and clips are kept, behind `ports.Blobs`."""
