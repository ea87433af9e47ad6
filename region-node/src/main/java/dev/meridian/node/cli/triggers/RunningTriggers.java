package dev.meridian.node.cli.triggers;

import dev.meridian.streams.DutyRunner;
import dev.meridian.streams.kafka.KafkaBus;
import dev.meridian.streams.triggers.Retries;
import dev.meridian.streams.triggers.Trigger;
import dev.meridian.streams.triggers.TriggerStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All triggers of a file, each with a thread and a Kafka client of its own. */
final class RunningTriggers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningTriggers.class);

    /** A batching window ends this much late at most. */
    private static final Duration IDLE = Duration.ofMillis(100);

    /** Beyond the function's own time, for positions and dead letters. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "trigger-retries");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Running> all = new ArrayList<>();

    private record Running(Trigger trigger, DutyRunner runner, KafkaBus bus, Duration timeout) {}

    /** @param bootstraps where Kafka is, for each */
    RunningTriggers(List<TriggerSettings> settings, Function<TriggerSettings, String> bootstraps) {
        Retries retries = new Retries(scheduler, Retries.FIRST_DEFAULT, Retries.LONGEST_DEFAULT);
        List<String> addresses = settings.stream().map(bootstraps).toList();
        for (int i = 0; i < addresses.size(); i++) {
            all.add(start(settings.get(i), addresses.get(i), retries));
        }
    }

    private static Running start(TriggerSettings settings, String bootstrap, Retries retries) {
        String name = settings.mapping().name();
        settings.mapping().filter().warnings().forEach(warning -> LOG.warn("{}: {}", name, warning));
        KafkaBus bus = new KafkaBus(new KafkaBus.Config("trigger-" + name, bootstrap, settings.kafkaProperties()));
        Trigger trigger = new Trigger(
                settings.mapping(), bus, new HttpFunction(settings.function()), retries, InstantSource.system());
        DutyRunner runner = new DutyRunner(
                "trigger-" + name,
                trigger,
                IDLE,
                bug -> LOG.error("{}: stopped by a bug; the other triggers go on", name, bug));
        trigger.onWork(runner::ring);
        runner.start();
        return new Running(trigger, runner, bus, settings.function().timeout());
    }

    List<TriggerStatus> status() {
        return all.stream().map(each -> each.trigger().status()).toList();
    }

    /** Finishes what functions have in hand, and keeps their positions. */
    void finish() {
        List<CompletableFuture<Boolean>> stopped = all.stream()
                .map(each -> each.trigger().stop().toCompletableFuture())
                .toList();
        Duration longest =
                all.stream().map(Running::timeout).max(Duration::compareTo).orElse(Duration.ZERO);
        try {
            CompletableFuture.allOf(stopped.toArray(new CompletableFuture<?>[0]))
                    .get(longest.plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException notAll) {
            LOG.warn("not all batches in hand could be finished: they will be delivered again");
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        for (Running each : all) {
            each.runner().close();
            each.trigger().close();
            each.bus().close();
        }
        scheduler.shutdownNow();
    }
}
