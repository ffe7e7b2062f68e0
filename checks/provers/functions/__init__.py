"""What is known of single functions: bounds, where they have values, where claims on them are tight."""
