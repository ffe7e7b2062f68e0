"""Earlier results that are still valid: evidence by content, whole runs by the files they came from.

Nothing is reused unless everything it depends on is the same to the bit; what cannot be told is found again.
"""
