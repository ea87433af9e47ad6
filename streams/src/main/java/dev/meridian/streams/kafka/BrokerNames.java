package dev.meridian.streams.kafka;

import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Kafka makes no client while none of the brokers' names has an address. A cut may take the names with it, and they come
 * back: until then the brokers are away, as they are when they do not answer.
 */
final class BrokerNames {
    private static final String NONE_KNOWN = "No resolvable bootstrap urls";

    private BrokerNames() {}

    /** @throws TimeoutException if no broker's name has an address now */
    static <T> T require(String bootstrap, Supplier<T> client) {
        try {
            return client.get();
        } catch (KafkaException refused) {
            for (Throwable at = refused; at != null; at = at.getCause()) {
                if (at instanceof ConfigException
                        && String.valueOf(at.getMessage()).startsWith(NONE_KNOWN)) {
                    throw new TimeoutException("no name in " + bootstrap + " has an address", refused);
                }
            }
            throw refused;
        }
    }
}
