"""The resources, one component per file; nothing else makes resources."""
