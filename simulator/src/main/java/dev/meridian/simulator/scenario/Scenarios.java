package dev.meridian.simulator.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Where scenarios come from: the library, or a file. */
public final class Scenarios {
    private static final String LIBRARY = "/scenarios/";
    private static final String INDEX = LIBRARY + "index";

    private Scenarios() {}

    /** The names of the library, in the order in which to learn from them. */
    public static List<String> names() {
        return text(INDEX).lines().filter(line -> !line.isBlank()).toList();
    }

    /**
     * A scenario of the library by its name, or any by the path of its file.
     *
     * @throws ScenarioException if there is none, or it is not well-formed
     */
    public static Scenario load(String nameOrFile) {
        if (names().contains(nameOrFile)) {
            return read(nameOrFile, nameOrFile + ".yaml", source(nameOrFile));
        }
        Path file = Path.of(nameOrFile);
        String fileName = String.valueOf(file.getFileName());
        try {
            return read(fileName.replaceAll("\\.ya?ml$", ""), nameOrFile, Files.readString(file));
        } catch (NoSuchFileException missing) {
            throw new ScenarioException(
                    nameOrFile + ": neither a file nor one of the library: " + String.join(", ", names()));
        } catch (IOException unreadable) {
            throw new ScenarioException(nameOrFile + ": cannot be read: " + unreadable.getMessage());
        }
    }

    /** A scenario from its text. @param file for messages */
    public static Scenario read(String name, String file, String text) {
        try {
            return ScenarioReader.read(name, text);
        } catch (ScenarioException wrong) {
            throw new ScenarioException(file + ": " + wrong.getMessage());
        }
    }

    /** The text of a scenario of the library. */
    public static String source(String name) {
        if (!names().contains(name)) {
            throw new ScenarioException(
                    "the library has no scenario '" + name + "', only " + String.join(", ", names()));
        }
        return text(LIBRARY + name + ".yaml");
    }

    private static String text(String resource) {
        try (InputStream in = Scenarios.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + resource + " is not there");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
