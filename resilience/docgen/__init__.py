"""The generated parts of README and docs."""
