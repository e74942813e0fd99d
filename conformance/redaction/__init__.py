"""What must not be written, and what stands in its place: masks in reports, stand-ins in recordings."""
