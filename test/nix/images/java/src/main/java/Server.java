import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Answers /healthz with the CPU that it runs on. */
public final class Server {
  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    String json = "{\"status\":\"ok\",\"cpu\":\"" + System.getProperty("os.arch") + "\"}";
    byte[] answer = json.getBytes(StandardCharsets.UTF_8);
    server.createContext("/healthz", exchange -> {
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
  }
}
