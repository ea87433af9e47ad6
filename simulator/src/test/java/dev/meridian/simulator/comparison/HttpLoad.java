package dev.meridian.simulator.comparison;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.load.Endpoint;
import dev.meridian.simulator.load.OpenLoop;
import dev.meridian.simulator.load.Signature;
import dev.meridian.simulator.workload.PlannedOperation;
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
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * A load on one event loop that does as little as it can for a request, because it takes of the machine what the server
 * could have: bodies are ready made, or made of pieces that are; answers are counted and not read. The same for every
 * server.
 */
final class HttpLoad implements AutoCloseable {
    private static final long MICROS_MAX = TimeUnit.SECONDS.toMicros(60);

    /** Of an open loop: what waits for a connection waits at its own cost, and is measured so. */
    private static final int OPEN_CONNECTIONS = 256;

    private static final int PROGRESS_SECONDS = 5;

    private static final String NOTHING_LEFT_OUT = "\"UnprocessedItems\":{}";
    private static final RegionId ANY = new RegionId("us-east-1");

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final int connections;

    /**
     * What is asked, again and again.
     *
     * @param path where
     * @param bodies by the number of the request
     */
    record Requests(Endpoint endpoint, String path, String operation, LongFunction<Buffer> bodies) {
        static LongFunction<Buffer> inTurn(List<Buffer> bodies) {
            return number -> bodies.get((int) (number % bodies.size()));
        }

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

    /**
     * As fast as the connections get answers, for some time.
     *
     * @throws IllegalStateException if any answer is not 200
     */
    Measured run(Requests requests, int seconds) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        return closed(requests, number -> System.nanoTime() <= until, unused -> {}, seconds);
    }

    /**
     * As fast as the connections get answers, each request once.
     *
     * @param count of requests
     * @param most after which no more are sent
     * @param progress told now and then how many were answered
     * @throws IllegalStateException if any answer is not 200, or says that it left something out
     */
    Measured send(Requests requests, long count, Duration most, LongConsumer progress) {
        long until = System.nanoTime() + most.toNanos();
        return closed(requests, number -> number < count && System.nanoTime() <= until, progress, PROGRESS_SECONDS);
    }

    private interface GoesOn {
        boolean with(long number);
    }

    private Measured closed(Requests requests, GoesOn goesOn, LongConsumer progress, int everySeconds) {
        return with(connections, client -> {
            Run run = new Run(client, requests);
            long[] next = {0};
            int[] left = {connections};
            Runnable[] turn = new Runnable[1];
            turn[0] = () -> {
                if (!goesOn.with(next[0])) {
                    left[0]--;
                    if (left[0] == 0) {
                        run.done.tryComplete();
                    }
                    return;
                }
                run.send(next[0]++, System.nanoTime()).onSuccess(unused -> turn[0].run());
            };
            context.runOnContext(unused -> {
                for (int i = 0; i < connections; i++) {
                    turn[0].run();
                }
            });
            await(run, progress, everySeconds);
            return run;
        });
    }

    /**
     * So many a second for some time, on average and however fast the answers are: independent clients. A latency counts
     * from when a request was due.
     *
     * @param goesOn is asked each second, with how many were answered
     */
    Measured atRate(Requests requests, double perSecond, int seconds, LongPredicate goesOn) {
        return with(OPEN_CONNECTIONS, client -> {
            Run run = new Run(client, requests);
            long begin = System.nanoTime();
            LongSupplier nowMicros = () -> (System.nanoTime() - begin) / 1_000;
            long[] number = {0};
            OpenLoop loop = new OpenLoop(
                    context,
                    arrivals(perSecond, seconds),
                    nowMicros,
                    due -> run.send(number[0]++, begin + due.atMicros() * 1_000));
            loop.run().onComplete(unused -> run.done.tryComplete());
            try {
                await(
                        run,
                        answered -> {
                            if (!goesOn.test(answered)) {
                                loop.stop();
                            }
                        },
                        1);
                return run;
            } finally {
                loop.stop();
            }
        });
    }

    private static Iterator<PlannedOperation> arrivals(double perSecond, int seconds) {
        SplittableRandom random = new SplittableRandom(1);
        double until = TimeUnit.SECONDS.toMicros(seconds);
        double[] at = {0};
        return Stream.generate(() -> at[0] -= Math.log(1 - random.nextDouble()) * 1e6 / perSecond)
                .takeWhile(micros -> micros < until)
                .map(micros -> new PlannedOperation("", "", micros.longValue(), ANY, List.of()))
                .iterator();
    }

    private interface Work {
        Run with(HttpClient client);
    }

    private Measured with(int most, Work work) {
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions().setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(most).setMaxWaitQueueSize(-1));
        try {
            long begin = System.nanoTime();
            Run run = work.with(client);
            double took = (System.nanoTime() - begin) / 1e9;
            return new Measured(run.latencyMicros.getTotalCount() / took, run.latencyMicros);
        } finally {
            client.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static void await(Run run, LongConsumer progress, int everySeconds) {
        CompletableFuture<Void> done = run.done.future().toCompletionStage().toCompletableFuture();
        try {
            while (!done.isDone()) {
                try {
                    done.get(everySeconds, TimeUnit.SECONDS);
                } catch (TimeoutException notYet) {
                    progress.accept(run.answered);
                }
            }
            done.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause().getMessage(), failed.getCause());
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", asked);
        }
    }

    /** On the event loop. */
    private static final class Run {
        private final HttpClient client;
        private final RequestOptions options;
        private final LongFunction<Buffer> bodies;
        private final boolean mayLeaveOut;
        private final Histogram latencyMicros = new Histogram(MICROS_MAX, 3);
        private final Promise<Void> done = Promise.promise();
        private volatile long answered;

        Run(HttpClient client, Requests requests) {
            this.client = client;
            this.options = requests.options();
            this.bodies = requests.bodies();
            this.mayLeaveOut = requests.operation().equals("BatchWriteItem");
        }

        /** @param due nanoseconds that the latency counts from */
        Future<Void> send(long number, long due) {
            Buffer body = bodies.apply(number);
            return client.request(options)
                    .compose(request -> request.send(body))
                    .compose(this::end)
                    .onSuccess(unused -> {
                        latencyMicros.recordValue(Math.min(MICROS_MAX, (System.nanoTime() - due) / 1_000));
                        answered = latencyMicros.getTotalCount();
                    })
                    .onFailure(done::tryFail);
        }

        private Future<Void> end(HttpClientResponse response) {
            boolean good = response.statusCode() == 200;
            if (good && !mayLeaveOut) {
                return response.end();
            }
            return response.body()
                    .compose(body -> good && body.toString().contains(NOTHING_LEFT_OUT)
                            ? Future.succeededFuture()
                            : Future.failedFuture(
                                    new IllegalStateException("status " + response.statusCode() + ": " + body)));
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
