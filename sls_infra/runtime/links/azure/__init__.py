"""Links on Azure: Cosmos DB, Blob Storage, Service Bus, by Microsoft's own libraries and the app's managed identity."""
