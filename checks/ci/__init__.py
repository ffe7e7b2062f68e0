"""Reports of a check for other programs: JUnit for test servers, annotations for GitHub, a summary, a badge."""
