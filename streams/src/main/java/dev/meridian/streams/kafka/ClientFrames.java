package dev.meridian.streams.kafka;

import dev.meridian.streams.OrderedBus;
import java.lang.reflect.Field;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds the frames that a Kafka client takes. Its selector has a limit, which Kafka's brokers set and its clients leave
 * open, without a property for it: so it is set in place, in the version of the client that this project is built with
 * (NotKafkaTest). A frame that is larger ends the connection, and the client connects again.
 */
final class ClientFrames {
    private static final Logger LOG = LoggerFactory.getLogger(ClientFrames.class);

    /**
     * The largest answer to a fetch: what it may bring, and one record that is larger than that. In a small heap less, for
     * what is legal is compressed: the largest record there is, numbers like 1E-130, to a fifth.
     */
    private static final int FETCH_BYTES_MAX = (int) Math.max(
            2 * KafkaRecords.FETCH_BYTES,
            Math.min(
                    KafkaRecords.FETCH_BYTES + OrderedBus.RECORD_BYTES_MAX + (1 << 20),
                    Runtime.getRuntime().maxMemory() / 8));

    /** What a cluster tells of itself: a hundred bytes for a partition. */
    private static final int ANSWER_BYTES_MAX = 16 << 20;

    /** Where each kind of client has its selector. */
    private static final String[] OF_ADMIN = {"client", "selector"};

    private static final String[] OF_PRODUCER = {"sender", "client", "selector"};
    private static final String[] OF_CONSUMER = {"delegate", "client", "client", "selector"};

    private static final String LIMIT = "maxReceiveSize";

    private ClientFrames() {}

    static <A extends Admin> A bound(A admin) {
        bound(admin, ANSWER_BYTES_MAX);
        return admin;
    }

    static <K, V> KafkaProducer<K, V> bound(KafkaProducer<K, V> producer) {
        bound(producer, ANSWER_BYTES_MAX);
        return producer;
    }

    static <K, V> KafkaConsumer<K, V> bound(KafkaConsumer<K, V> consumer) {
        bound(consumer, FETCH_BYTES_MAX);
        return consumer;
    }

    /** The limit that a client has. */
    static int limitOf(Object client) throws ReflectiveOperationException {
        Object selector = selector(client);
        return field(selector.getClass(), LIMIT).getInt(selector);
    }

    private static void bound(Object client, int bytesMax) {
        try {
            Object selector = selector(client);
            field(selector.getClass(), LIMIT).setInt(selector, bytesMax);
        } catch (ReflectiveOperationException | RuntimeException other) {
            // A consumer's program may bring another version of Kafka's client.
            LOG.warn("The frames of {} have no limit: {}", client.getClass().getName(), other.toString());
        }
    }

    private static Object selector(Object client) throws ReflectiveOperationException {
        String[] path =
                client instanceof Admin ? OF_ADMIN : client instanceof KafkaProducer ? OF_PRODUCER : OF_CONSUMER;
        Object at = client;
        for (String name : path) {
            at = field(at.getClass(), name).get(at);
        }
        return at;
    }

    private static Field field(Class<?> type, String name) throws NoSuchFieldException {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            for (Field each : at.getDeclaredFields()) {
                if (each.getName().equals(name)) {
                    each.setAccessible(true);
                    return each;
                }
            }
        }
        throw new NoSuchFieldException(type.getName() + "." + name);
    }
}
