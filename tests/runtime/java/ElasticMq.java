import org.elasticmq.rest.sqs.SQSRestServerBuilder;

/** ElasticMQ on a free port of 127.0.0.1, until stdin ends. */
class ElasticMq {
    public static void main(String[] arguments) throws Exception {
        var server = SQSRestServerBuilder.withInterface("127.0.0.1").withPort(0).start();
        System.out.println("listening on " + server.waitUntilStarted().localAddress().getPort());
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
