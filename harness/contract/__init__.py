"""The files a person writes about a vendor, read into the records of the model."""
