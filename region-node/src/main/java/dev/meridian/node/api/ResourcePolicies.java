package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Bytes;
import dev.meridian.model.TableId;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.WriteView;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The resource policies of tables: each region's own, kept and shown, and enforced nowhere: Meridian has no identities. */
final class ResourcePolicies {
    private static final String SPACE = WriteView.OF_TABLES + "resource-policy";

    private static final int BYTES_MOST = 20 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResourcePolicies() {}

    /** @param revision the policy's own, by its text */
    record Policy(String text, String revision) {
        static Policy of(String text) {
            return new Policy(
                    text,
                    Long.toUnsignedString(UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8))
                            .getMostSignificantBits()));
        }
    }

    static @Nullable Policy of(ReadView view, TableId table) {
        return view.document(SPACE, table.toString())
                .map(bytes -> Policy.of(new String(bytes.toArray(), StandardCharsets.UTF_8)))
                .orElse(null);
    }

    /** @throws ApiException if a text is no policy */
    static void requireJson(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > BYTES_MOST) {
            throw Keys.invalid("Maximum policy size of " + BYTES_MOST + " bytes exceeded");
        }
        if (!isObject(text)) {
            throw Keys.invalid("Invalid policy document: This policy contains invalid Json");
        }
    }

    private static boolean isObject(String text) {
        try {
            return JSON.readTree(text).isObject();
        } catch (JsonProcessingException noJson) {
            return false;
        }
    }

    static void put(WriteView view, TableId table, String text) {
        view.document(SPACE, table.toString(), Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    static void forget(WriteView view, TableId table) {
        view.document(SPACE, table.toString(), null);
    }

    static ApiException notFound(String arn) {
        return new ApiException(
                ErrorCode.POLICY_NOT_FOUND, "Resource-based policy not found for the provided ResourceArn: " + arn);
    }
}
