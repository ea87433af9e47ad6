package dev.meridian.simulator;

import dev.meridian.simulator.drill.Ports;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** The classes that a region needs, in an archive of the JVM: a process that has them starts in half the time. */
final class ReadyClasses {
    private static List<String> shared = List.of();

    private ReadyClasses() {}

    /** A JVM's options to start a region as it is built here. Made once for all tests of this JVM. */
    static synchronized String[] options() throws IOException, InterruptedException {
        if (shared.isEmpty()) {
            Path folder = Files.createTempDirectory("classes");
            shared = options(jars(folder), folder);
            try (Stream<Path> files = Files.walk(folder)) {
                files.forEach(file -> file.toFile().deleteOnExit());
            }
        }
        return shared.toArray(String[]::new);
    }

    /**
     * A JVM's options to start a region.
     *
     * @param classPath of jars only, as an archive of classes needs it
     * @param folder for the archive
     */
    static List<String> options(String classPath, Path folder) throws IOException, InterruptedException {
        return List.of("-cp", classPath, "-XX:SharedArchiveFile=" + archive(classPath, folder.resolve("classes.jsa")));
    }

    /** This JVM's class path, with folders of it packed. */
    static String jars(Path folder) throws IOException {
        List<String> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            jars.add(
                    Files.isDirectory(path)
                            ? packed(path, folder.resolve("classes" + jars.size() + ".jar"))
                                    .toString()
                            : entry);
        }
        return String.join(File.pathSeparator, jars);
    }

    private static Path packed(Path classes, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = classes.relativize(file).toString().replace(File.separatorChar, '/');
                out.putNextEntry(new JarEntry(name));
                Files.copy(file, out);
            }
        }
        return jar;
    }

    private static Path archive(String classPath, Path archive) throws IOException, InterruptedException {
        int ports = Ports.free(3);
        Process region = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens",
                        "java.base/java.nio=ALL-UNNAMED",
                        "--add-opens",
                        "java.base/sun.nio.ch=ALL-UNNAMED",
                        "-XX:ArchiveClassesAtExit=" + archive,
                        "-cp",
                        classPath,
                        "dev.meridian.node.cli.Meridian",
                        "up",
                        "--ephemeral",
                        "--regions",
                        "one",
                        "--port-base",
                        Integer.toString(ports),
                        "--kafka-port-base",
                        Integer.toString(ports + 2))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = region.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.startsWith("Stop")) {
                line = lines.readLine();
            }
            region.toHandle().destroy();
            lines.transferTo(Writer.nullWriter());
            region.waitFor();
        } finally {
            region.destroyForcibly();
        }
        return archive;
    }
}
