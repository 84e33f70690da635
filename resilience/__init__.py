"""SecurityV0's operational resiliency. The `__init__.py` of each folder names the one question that it answers."""
