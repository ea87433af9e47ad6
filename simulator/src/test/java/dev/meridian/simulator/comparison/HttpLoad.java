package dev.meridian.simulator.comparison;

import dev.meridian.simulator.load.Endpoint;
import dev.meridian.simulator.load.Signature;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A closed loop on one event loop that does as little as it can for a request, because it takes of the machine what the
 * server could have: bodies are ready made, answers are counted and not read. The same for every server.
 */
final class HttpLoad implements AutoCloseable {
    private static final long MICROS_MAX = TimeUnit.SECONDS.toMicros(60);

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final int connections;

    /**
     * What is asked, again and again.
     *
     * @param path where
     * @param bodies sent in turn
     */
    record Requests(Endpoint endpoint, String path, String operation, List<Buffer> bodies) {
        private RequestOptions options() {
            String target = "DynamoDB_20120810." + operation;
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setHost(endpoint.host())
                    .setPort(endpoint.port())
                    .setURI(path)
                    .putHeader("content-type", "application/x-amz-json-1.0")
                    .putHeader("x-amz-target", target);
            Signature.ANYBODY.headers(endpoint, target, new byte[0]).forEach(options::putHeader);
            return options;
        }
    }

    /** What came of it. */
    record Measured(double perSecond, Histogram latencyMicros) {}

    HttpLoad(int connections) {
        this.connections = connections;
    }

    /** @throws IllegalStateException if any answer is not 200 */
    Measured run(Requests requests, int seconds) {
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions().setTcpNoDelay(true), new PoolOptions().setHttp1MaxSize(connections));
        try {
            Run run = new Run(client, requests, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
            long begin = System.nanoTime();
            context.runOnContext(unused -> run.begin(connections));
            run.done.future().toCompletionStage().toCompletableFuture().join();
            double took = (System.nanoTime() - begin) / 1e9;
            return new Measured(run.latencyMicros.getTotalCount() / took, run.latencyMicros);
        } finally {
            client.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    /** On the event loop. */
    private static final class Run {
        private final HttpClient client;
        private final RequestOptions options;
        private final List<Buffer> bodies;
        private final long until;
        private final Histogram latencyMicros = new Histogram(MICROS_MAX, 3);
        private final Promise<Void> done = Promise.promise();
        private int sent;
        private int left;

        Run(HttpClient client, Requests requests, long until) {
            this.client = client;
            this.options = requests.options();
            this.bodies = requests.bodies();
            this.until = until;
        }

        void begin(int connections) {
            left = connections;
            for (int i = 0; i < connections; i++) {
                next();
            }
        }

        private void next() {
            long begin = System.nanoTime();
            if (begin > until) {
                left--;
                if (left == 0) {
                    done.tryComplete();
                }
                return;
            }
            Buffer body = bodies.get(sent % bodies.size());
            sent++;
            client.request(options)
                    .compose(request -> request.send(body))
                    .compose(Run::end)
                    .onSuccess(unused -> {
                        latencyMicros.recordValue(Math.min(MICROS_MAX, (System.nanoTime() - begin) / 1_000));
                        next();
                    })
                    .onFailure(done::tryFail);
        }

        private static Future<Void> end(HttpClientResponse response) {
            if (response.statusCode() == 200) {
                return response.end();
            }
            return response.body()
                    .compose(body -> Future.failedFuture(
                            new IllegalStateException("status " + response.statusCode() + ": " + body)));
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
