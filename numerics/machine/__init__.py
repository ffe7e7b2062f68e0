"""The machine: memory, devices, number formats and random numbers."""
