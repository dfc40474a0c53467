"""Alert rules of Prometheus become a view: those that it has loaded, or those that a file asks for."""
