"""The Salesforce dialect of the simulator: objects, SOQL and the REST API over one SQLite store."""
