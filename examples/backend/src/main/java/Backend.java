import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** Answers /healthz with the CPU that it runs on, on Java 21's virtual threads. */
public final class Backend {
  record Health(String status, String cpu) {
    byte[] toJson() {
      return "{\"status\":\"%s\",\"cpu\":\"%s\"}".formatted(status, cpu).getBytes(StandardCharsets.UTF_8);
    }
  }

  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    byte[] answer = new Health("ok", System.getProperty("os.arch")).toJson();
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/healthz", exchange -> {
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
  }
}
