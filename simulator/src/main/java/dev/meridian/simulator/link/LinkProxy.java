package dev.meridian.simulator.link;

import dev.meridian.simulator.scenario.Link;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator.SplittableGenerator;

/**
 * A TCP proxy that behaves like a link: what connects to its port talks to the target under its conditions, which can be
 * changed at any time and from any thread.
 */
public final class LinkProxy implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final Vertx vertx;
    private final SocketAddress target;
    private final NetClient client;
    private final NetServer server;
    private final String deployment;
    private final Wire requests;
    private final Wire answers;
    private final Set<Pipe> pipes = ConcurrentHashMap.newKeySet();
    private final AtomicLong carriedBytes = new AtomicLong();
    private boolean cut;
    private volatile boolean closed;

    /**
     * Listens at loopback when the constructor returns.
     *
     * @param port 0 for any free one
     * @param targetPort at loopback; nobody need listen there yet
     * @throws IllegalStateException if the port is taken
     */
    public LinkProxy(Vertx vertx, int port, int targetPort, Link link, SplittableGenerator random) {
        this.vertx = vertx;
        this.target = SocketAddress.inetSocketAddress(targetPort, LOOPBACK);
        this.requests = new Wire(link, random.split());
        this.answers = new Wire(link, random.split());
        this.client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
        this.server = vertx.createNetServer(
                new NetServerOptions().setHost(LOOPBACK).setPort(port).setTcpNoDelay(true));
        server.connectHandler(this::accepted);
        // All of a link's connections are on one event loop, and links are spread over the event loops.
        VerticleBase listening = new VerticleBase() {
            @Override
            public Future<?> start() {
                return server.listen();
            }
        };
        try {
            this.deployment = vertx.deployVerticle(listening)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException taken) {
            throw new IllegalStateException("port " + port + " is not free", taken.getCause());
        }
    }

    public int port() {
        return server.actualPort();
    }

    /** Bytes that have arrived at either end. */
    public long carriedBytes() {
        return carriedBytes.get();
    }

    /**
     * How the link is from now on. What is already under way arrives as it would have, unless the link is cut: then
     * nothing does, and connections hang until it no longer is.
     */
    public synchronized void set(Link link, boolean isCut) {
        boolean heals = cut && !isCut;
        cut = isCut;
        requests.set(link, isCut);
        answers.set(link, isCut);
        if (heals) {
            pipes.forEach(Pipe::healed);
        }
    }

    /** A connection is made in a round trip; one that is made while the link is cut hears nothing until it heals. */
    private void accepted(NetSocket near) {
        near.pause();
        near.exceptionHandler(unused -> {});
        AtomicBoolean gone = new AtomicBoolean();
        near.closeHandler(unused -> gone.set(true));
        long roundTripNanos = requests.travelNanos() + answers.travelNanos();
        long millis = Math.max(1, roundTripNanos / 1_000_000);
        vertx.setTimer(millis, unused -> connect(near, gone));
    }

    private void connect(NetSocket near, AtomicBoolean gone) {
        if (closed) {
            near.close();
            return;
        }
        client.connect(target).onComplete(far -> {
            if (far.succeeded() && !gone.get()) {
                pipes.add(new Pipe(vertx, near, far.result(), requests, carriedBytes, pipes::remove));
                pipes.add(new Pipe(vertx, far.result(), near, answers, carriedBytes, pipes::remove));
                near.resume();
            } else {
                near.close();
                if (far.succeeded()) {
                    far.result().close();
                }
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        server.close().toCompletionStage().toCompletableFuture().join();
        vertx.undeploy(deployment).toCompletionStage().toCompletableFuture().join();
        client.close().toCompletionStage().toCompletableFuture().join();
    }
}
