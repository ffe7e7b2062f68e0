"""What the machine gives: memory, devices, number formats and random draws."""
