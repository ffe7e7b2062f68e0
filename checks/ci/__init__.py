"""What a check leaves for others to read: JUnit for test servers, notes for GitHub, a summary, a badge."""
