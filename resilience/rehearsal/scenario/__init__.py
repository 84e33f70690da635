"""What is played: faults, and what must and must not be notified because of them."""
