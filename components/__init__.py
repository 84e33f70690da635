"""The resources, one component a file; nothing else makes resources."""
