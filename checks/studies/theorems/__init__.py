"""What a theorem asks for on data, what each of its constants contributes, and what is lost in each."""
