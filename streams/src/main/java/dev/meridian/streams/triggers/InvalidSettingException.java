package dev.meridian.streams.triggers;

/** A setting of an event source mapping that cannot be. The message does not name the setting: {@link #setting} does. */
public final class InvalidSettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String setting;

    InvalidSettingException(String setting, String message) {
        super(message);
        this.setting = setting;
    }

    /** By AWS's name, beginning with a small letter. */
    public String setting() {
        return setting;
    }

    static void require(boolean legal, String setting, String message) {
        if (!legal) {
            throw new InvalidSettingException(setting, message);
        }
    }

    static void requireBetween(int least, int most, int value, String setting) {
        require(
                value >= least && value <= most,
                setting,
                "must be between " + least + " and " + most + ", not " + value);
    }
}
