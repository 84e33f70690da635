"""What holds until a moment: maintenance windows, alerts on trial, and the clock that both are compared with."""
