package dev.meridian.node.api;

/** How large an answer has become that is made of several items. */
final class AnswerSize {
    /** The service's limit for the items of one answer. */
    private static final long ITEM_BYTES_MAX = 16L << 20;

    /** Three bytes of a number may be 150 in JSON: without this, 4 MB of items are an answer of 200 MB. */
    static final long JSON_BYTES_MAX = 16L << 20;

    /** An answer, as it grows and as it is copied. */
    static final long HEAP_BYTES = 2 * JSON_BYTES_MAX;

    private long itemBytes;
    private long jsonBytes;

    void add(long ofItem, byte[] json) {
        itemBytes += ofItem;
        jsonBytes += json.length;
    }

    boolean isFull() {
        return itemBytes >= ITEM_BYTES_MAX || jsonBytes >= JSON_BYTES_MAX;
    }

    /** For answers that are whole or none. @throws ApiException if it is too large */
    void requireRoom(byte[] json) {
        if (jsonBytes >= JSON_BYTES_MAX) {
            throw ApiException.validation("The answer would have more than " + JSON_BYTES_MAX
                    + " bytes of JSON; ask for fewer items at once");
        }
        add(0, json);
    }
}
