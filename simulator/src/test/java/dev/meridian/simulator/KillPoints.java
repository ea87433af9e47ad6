package dev.meridian.simulator;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;
import org.apache.kafka.storage.internals.log.UnifiedLog;

/**
 * Ends its process, as a kill does, before or behind a step that makes something durable. It is called by the classes that
 * commit to the store, append to Kafka, and append to a broker's logs, once {@link #classPath} has put its own versions of
 * them in front of the product's, which knows nothing of it.
 *
 * <p>Steps are named {@code before} or {@code after}, and then {@code commit of X}, X a database of the store that the
 * commit edits, a value of its own or the space of a document; {@code append of W}, {@code open of W} or {@code settle of
 * W}, W a writer; {@code transaction of W}, between records that are sent and the commit of their transaction; {@code log
 * of T}, T a topic in a broker.
 */
public final class KillPoints {
    private static final int KILLED = 137;
    private static final Set<String> EDITED = ConcurrentHashMap.newKeySet();
    private static final Map<String, AsmVisitorWrapper> ADVICE = Map.of(
            "dev.meridian.node.lmdb.LmdbWriteView",
            new AsmVisitorWrapper.Compound(
                    Advice.to(Edits.class)
                            .on(ElementMatchers.<MethodDescription>namedOneOf("put", "putChecked")
                                    .and(ElementMatchers.takesArguments(3))),
                    Advice.to(MetaEdits.class).on(ElementMatchers.named("putMeta")),
                    Advice.to(DocumentEdits.class)
                            .on(ElementMatchers.<MethodDescription>named("document")
                                    .and(ElementMatchers.takesArguments(3)))),
            "dev.meridian.node.lmdb.LmdbStore",
            Advice.to(Begins.class).on(ElementMatchers.named("beginWrite")),
            "org.lmdbjava.Txn",
            Advice.to(Commits.class).on(ElementMatchers.named("commit")),
            "dev.meridian.streams.kafka.KafkaWriter",
            Advice.to(Writes.class).on(ElementMatchers.namedOneOf("append", "open", "settle")),
            "org.apache.kafka.clients.producer.KafkaProducer",
            Advice.to(Transactions.class).on(ElementMatchers.named("commitTransaction")),
            "org.apache.kafka.storage.internals.log.UnifiedLog",
            Advice.to(Logs.class)
                    .on(ElementMatchers.<MethodDescription>named("append").and(ElementMatchers.isPrivate())));

    private static final String STEP = System.getProperty("meridian.kill.step", "");
    private static final Path REACHED = Path.of(System.getProperty("meridian.kill.reached", ""));
    private static final AtomicInteger LEFT = new AtomicInteger(Integer.getInteger("meridian.kill.times", 0));

    private KillPoints() {}

    /** The JVM's class path with those classes in place of the product's; of jars only, as an archive of classes needs. */
    static String classPath(Path folder) throws IOException {
        return advised(folder.resolve("steps.jar")) + File.pathSeparator + ReadyClasses.jars(folder);
    }

    /**
     * The JVM's options for a process that is to end.
     *
     * @param times at which time of the step it ends
     * @param reached a file that is made then
     */
    static List<String> options(String step, int times, Path reached) {
        return List.of(
                "-Dmeridian.kill.step=" + step, "-Dmeridian.kill.times=" + times, "-Dmeridian.kill.reached=" + reached);
    }

    private static Path advised(Path jar) throws IOException {
        ClassFileLocator classes = ClassFileLocator.ForClassLoader.of(KillPoints.class.getClassLoader());
        TypePool types = TypePool.Default.of(classes);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Map.Entry<String, AsmVisitorWrapper> each : ADVICE.entrySet()) {
                TypeDescription type = types.describe(each.getKey()).resolve();
                out.putNextEntry(new JarEntry(type.getInternalName() + ".class"));
                out.write(new ByteBuddy()
                        .redefine(type, classes)
                        .visit(each.getValue())
                        .make()
                        .getBytes());
            }
        }
        return jar;
    }

    public static void reach(String here) {
        if (here.equals(STEP) && LEFT.decrementAndGet() == 0) {
            try {
                Files.writeString(REACHED, here);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            Runtime.getRuntime().halt(KILLED);
        }
    }

    public static void begin() {
        EDITED.clear();
    }

    public static void edit(String what) {
        EDITED.add(what);
    }

    public static void commit(String when) {
        EDITED.forEach(what -> reach(when + " commit of " + what));
    }

    public static String stage(String method, String writer) {
        return method + " of " + writer.replaceAll("\\.copy\\..*", ".copy");
    }

    public static void whenDone(String stage, CompletionStage<?> done) {
        done.whenComplete((unused, failure) -> {
            if (failure == null) {
                reach("after " + stage);
            }
        });
    }

    /** Named by the writer's thread, which ends with the writer's name. */
    public static void transaction() {
        String thread = Thread.currentThread().getName();
        reach("before transaction of " + thread.substring(thread.lastIndexOf('-') + 1));
    }

    public static void log(String when, Object log) {
        reach(when + " log of " + ((UnifiedLog) log).topicPartition().topic());
    }

    private static final class Edits {
        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(0) org.lmdbjava.Dbi<?> database) {
            edit(new String(database.getName(), StandardCharsets.UTF_8));
        }
    }

    private static final class MetaEdits {
        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(0) Enum<?> meta) {
            edit(meta.name());
        }
    }

    private static final class DocumentEdits {
        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(0) String space) {
            edit(space);
        }
    }

    private static final class Begins {
        @Advice.OnMethodEnter
        static void enter() {
            begin();
        }
    }

    private static final class Commits {
        @Advice.OnMethodEnter
        static void enter() {
            commit("before");
        }

        @Advice.OnMethodExit
        static void exit() {
            commit("after");
        }
    }

    private static final class Writes {
        @Advice.OnMethodEnter
        static void enter(@Advice.Origin("#m") String method, @Advice.FieldValue("name") String writer) {
            reach("before " + stage(method, writer));
        }

        @Advice.OnMethodExit
        static void exit(
                @Advice.Origin("#m") String method,
                @Advice.FieldValue("name") String writer,
                @Advice.Return CompletionStage<?> done) {
            whenDone(stage(method, writer), done);
        }
    }

    private static final class Transactions {
        @Advice.OnMethodEnter
        static void enter() {
            transaction();
        }
    }

    private static final class Logs {
        @Advice.OnMethodEnter
        static void enter(@Advice.This Object log) {
            log("before", log);
        }

        @Advice.OnMethodExit
        static void exit(@Advice.This Object log) {
            log("after", log);
        }
    }
}
