"""SecurityV0's operational resiliency: model, manifest, export, rehearsal and the command."""
