"""SecurityV0's operational resiliency. Each folder answers the one question in its first line; design in docs/."""
