"""The collector's configuration, read from the files that are deployed (`deploy/alloy/`)."""
