import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** DynamoDB Local in memory, on a free port of 127.0.0.1, until stdin ends. By itself it listens on all addresses. */
class DynamoDb {
    public static void main(String[] arguments) throws Exception {
        DynamoDBProxyServer made = ServerRunner.createServerFromCommandLineArgs(
            new String[] {"-inMemory", "-sharedDb", "-disableTelemetry"});
        var field = DynamoDBProxyServer.class.getDeclaredField("server");
        field.setAccessible(true);
        Server server = (Server) field.get(made);
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        server.setConnectors(new ServerConnector[] {connector});
        made.start();
        System.out.println("listening on " + connector.getLocalPort());
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
