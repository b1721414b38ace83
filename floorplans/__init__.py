"""Buildings from drawings, or from three numbers where there is no drawing."""
