"""What the platform, its checks and its collector would expose during a scenario."""
