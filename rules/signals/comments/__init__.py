"""What clients say of us: praise and complaints."""
