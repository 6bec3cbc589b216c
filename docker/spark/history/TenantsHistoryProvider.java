package sparkoneks.history;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.ZipOutputStream;

import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.deploy.history.ApplicationHistoryProvider;
import org.apache.spark.deploy.history.EventLogFileWriter;
import org.apache.spark.deploy.history.FsHistoryProvider;
import org.apache.spark.deploy.history.LoadedAppUI;
import org.apache.spark.status.api.v1.ApplicationAttemptInfo;
import org.apache.spark.status.api.v1.ApplicationInfo;
import org.apache.spark.ui.SparkUI;

import scala.Function1;
import scala.Option;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Shows the event logs of tenants that each have a directory of their own.
 *
 * <p>Spark's own provider lists one directory and believes what a log says of itself, so whoever may write there
 * can take another application's place. Here each tenant has a Spark provider of its own, for the directory
 * {@code <spark.history.fs.logDirectory>/<tenant>/}, with its own database. Whose an application is follows from
 * where its log lies, and is shown as its user: what the log says there is dropped.
 *
 * <p>Properties: {@code spark.history.tenants}, names with commas between. Logs that lie in the directory itself
 * are shown as well, as nobody's: they are from before tenants had their own. The volume, the memory and the
 * threads that Spark's properties grant are shared out in equal parts.
 */
public final class TenantsHistoryProvider extends ApplicationHistoryProvider {
    private static final String TENANTS = "spark.history.tenants";
    private static final String DIRECTORY = "spark.history.fs.logDirectory";
    private static final String STORE = "spark.history.store.path";
    private static final String DISK = "spark.history.store.maxDiskUsage";
    private static final String MEMORY = "spark.history.store.hybridStore.maxMemoryUsage";
    private static final String[] THREADS = {
        "spark.history.fs.numReplayThreads", "spark.history.fs.numCompactThreads"
    };

    /** Owner of what lies in the directory itself. */
    private static final String NOBODY = "";

    /** What a resource manager calls applications; an id of anything else could forge addresses and pages. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    private static final Comparator<ApplicationInfo> NEWEST_FIRST =
        Comparator.comparingLong((ApplicationInfo app) -> newest(app).endTime().getTime()).reversed();

    /** How long a first claim of a log that is not listed is kept after a start: a first scan takes minutes. */
    private static final long FORGET_NANOSECONDS = TimeUnit.HOURS.toNanos(1);

    private final Map<String, FsHistoryProvider> providers = new LinkedHashMap<>();
    private final Map<String, Path> directories = new LinkedHashMap<>();
    private final FileSystem files;

    /** A release as Spark writes it: the list of applications takes it for HTML. */
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9.+_-]{0,64}");

    /** First claim of an id: a log that another tenant writes later doesn't take its place. */
    private final Map<String, String> owners = new ConcurrentHashMap<>();

    /** The first claims on disk, beside the databases: a line each, of an id, a blank and a tenant. */
    private final java.nio.file.Path remembered;

    /** Whether they are others than on disk. */
    private volatile boolean changed;

    private final long started = System.nanoTime();

    private final Map<SparkUI, FsHistoryProvider> shown = new ConcurrentHashMap<>();

    /** The history server calls this with its configuration. */
    public TenantsHistoryProvider(SparkConf conf) throws IOException {
        Path root = new Path(conf.get(DIRECTORY));
        files = root.getFileSystem(SparkHadoopUtil.get().newConfiguration(conf));
        directories.put(NOBODY, root);
        for (String tenant : conf.get(TENANTS).split(",")) {
            directories.put(tenant.trim(), new Path(root, tenant.trim()));
        }
        for (Map.Entry<String, Path> each : directories.entrySet()) {
            SparkConf own = share(conf, each.getKey(), directories.size());
            providers.put(each.getKey(), new FsHistoryProvider(own.set(DIRECTORY, each.getValue().toString())));
        }
        remembered = conf.contains(STORE) ? new File(conf.get(STORE), "first-claims").toPath() : null;
        recall();
    }

    private void remember() {
        if (remembered == null) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        owners.forEach((id, tenant) -> lines.append(id).append(' ').append(tenant).append('\n'));
        java.nio.file.Path draft = remembered.resolveSibling(remembered.getFileName() + ".new");
        try {
            Files.writeString(draft, lines);
            Files.move(draft, remembered, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException full) {
            // Known until the next start, and written with the next claim.
            System.err.println("first claims of applications are not kept: " + full);
        }
    }

    private void recall() throws IOException {
        if (remembered == null || !Files.exists(remembered)) {
            return;
        }
        for (String line : Files.readAllLines(remembered)) {
            int blank = line.indexOf(' ');
            if (blank > 0 && providers.containsKey(line.substring(blank + 1))) {
                owners.put(line.substring(0, blank), line.substring(blank + 1));
            }
        }
    }

    private static SparkConf share(SparkConf conf, String tenant, int parts) throws IOException {
        SparkConf own = conf.clone();
        if (conf.contains(STORE)) {
            File store = new File(conf.get(STORE), "tenant-" + tenant);
            Files.createDirectories(store.toPath());
            own.set(STORE, store.getPath());
        }
        own.set(DISK, conf.getSizeAsBytes(DISK, "10g") / parts + "b");
        own.set(MEMORY, conf.getSizeAsBytes(MEMORY, "2g") / parts + "b");
        for (String threads : THREADS) {
            own.set(threads, String.valueOf(Math.max(1, conf.getInt(threads, 1) / parts)));
        }
        return own;
    }

    @Override
    public void start() {
        providers.values().forEach(FsHistoryProvider::start);
    }

    @Override
    public void stop() {
        providers.values().forEach(FsHistoryProvider::stop);
    }

    @Override
    public int getEventLogsUnderProcess() {
        return providers.values().stream().mapToInt(FsHistoryProvider::getEventLogsUnderProcess).sum();
    }

    @Override
    public long getLastUpdatedTime() {
        return providers.values().stream().mapToLong(FsHistoryProvider::getLastUpdatedTime).min().orElse(0);
    }

    @Override
    public Iterator<ApplicationInfo> getListing() {
        return CollectionConverters.asScala(listing().iterator());
    }

    @Override
    public Iterator<ApplicationInfo> getListing(int most, Function1<ApplicationInfo, Object> wanted) {
        return CollectionConverters.asScala(
            listing().stream().filter(app -> (boolean) wanted.apply(app)).limit(most).iterator());
    }

    private synchronized List<ApplicationInfo> listing() {
        Map<String, Map<String, ApplicationInfo>> claims = new HashMap<>();
        providers.forEach((tenant, provider) -> {
            Iterator<ApplicationInfo> listed = provider.getListing();
            while (listed.hasNext()) {
                ApplicationInfo app = listed.next();
                if (ID.matcher(app.id()).matches() && attemptsAreNamed(app)) {
                    claims.computeIfAbsent(app.id(), id -> new LinkedHashMap<>()).put(tenant, app);
                }
            }
        });
        // At its start a server has not come by all logs yet.
        if (System.nanoTime() - started > FORGET_NANOSECONDS) {
            changed |= owners.keySet().retainAll(claims.keySet());
        }
        List<ApplicationInfo> found = new ArrayList<>();
        claims.forEach((id, claim) -> {
            String owner = ownerAmong(id, claim);
            found.add(stamped(claim.get(owner), owner));
        });
        found.sort(NEWEST_FIRST);
        if (changed) {
            changed = false;
            remember();
        }
        return found;
    }

    @Override
    public Option<ApplicationInfo> getApplicationInfo(String id) {
        String owner = owner(id);
        if (owner == null) {
            return Option.empty();
        }
        Option<ApplicationInfo> app = providers.get(owner).getApplicationInfo(id);
        return app.isEmpty() ? app : Option.apply(stamped(app.get(), owner));
    }

    @Override
    public Option<LoadedAppUI> getAppUI(String id, Option<String> attempt) {
        String owner = owner(id);
        if (owner == null) {
            owner = holder(id, attempt);
        }
        if (owner == null) {
            return Option.empty();
        }
        FsHistoryProvider provider = providers.get(owner);
        Option<LoadedAppUI> loaded = provider.getAppUI(id, attempt);
        if (loaded.isDefined()) {
            shown.put(loaded.get().ui(), provider);
        }
        return loaded;
    }

    @Override
    public void onUIDetached(String id, Option<String> attempt, SparkUI ui) {
        FsHistoryProvider provider = shown.remove(ui);
        if (provider != null) {
            provider.onUIDetached(id, attempt, ui);
        }
    }

    @Override
    public boolean checkUIViewPermissions(String id, Option<String> attempt, String user) {
        String owner = owner(id);
        if (owner == null) {
            throw new NoSuchElementException(id);
        }
        return providers.get(owner).checkUIViewPermissions(id, attempt, user);
    }

    @Override
    public void writeEventLogs(String id, Option<String> attempt, ZipOutputStream target) throws SparkException {
        String owner = owner(id);
        if (owner == null) {
            throw new SparkException("Logs for " + id + " not found.");
        }
        providers.get(owner).writeEventLogs(id, attempt, target);
    }

    @Override
    public scala.collection.immutable.Map<String, String> getConfig() {
        return providers.get(NOBODY).getConfig();
    }

    /** Whose application of that id is shown; null if nobody has one. */
    private String owner(String id) {
        if (!ID.matcher(id).matches()) {
            return null;
        }
        Map<String, ApplicationInfo> claim = new LinkedHashMap<>();
        providers.forEach((tenant, provider) -> {
            Option<ApplicationInfo> app = provider.getApplicationInfo(id);
            if (app.isDefined()) {
                claim.put(tenant, app.get());
            }
        });
        return claim.isEmpty() ? null : ownerAmong(id, claim);
    }

    /** Whoever was seen first; of those that nobody has seen yet, whose log changed last the longest ago. */
    private String ownerAmong(String id, Map<String, ApplicationInfo> claim) {
        return owners.compute(id, (same, known) -> {
            if (known != null && claim.containsKey(known)) {
                return known;
            }
            changed = true;
            return claim.keySet().stream()
                .min(Comparator.comparing(tenant -> newest(claim.get(tenant)).lastUpdated()))
                .orElseThrow();
        });
    }

    /** Who has a log of that name which no scan has come by yet: Spark's provider then opens it at once. */
    private String holder(String id, Option<String> attempt) {
        if (!ID.matcher(id).matches()) {
            return null;
        }
        String name = "eventlog_v2_" + EventLogFileWriter.nameForAppAndAttempt(id, attempt);
        for (Map.Entry<String, Path> each : directories.entrySet()) {
            try {
                if (files.exists(new Path(each.getValue(), name))) {
                    return each.getKey();
                }
            } catch (IOException unreachable) {
                // Not found for now: the next scan says more.
                return null;
            }
        }
        return null;
    }

    private static ApplicationInfo stamped(ApplicationInfo app, String owner) {
        List<ApplicationAttemptInfo> attempts = new ArrayList<>();
        for (ApplicationAttemptInfo each : CollectionConverters.asJava(app.attempts())) {
            attempts.add(ApplicationAttemptInfo.apply(
                each.attemptId(), each.startTime(), each.endTime(), each.lastUpdated(), each.duration(),
                owner, each.completed(), version(each)));
        }
        return ApplicationInfo.apply(
            app.id(), app.name(), app.coresGranted(), app.maxCores(), app.coresPerExecutor(),
            app.memoryPerExecutorMB(), CollectionConverters.asScala(attempts).toList());
    }

    private static String version(ApplicationAttemptInfo attempt) {
        return VERSION.matcher(attempt.appSparkVersion()).matches() ? attempt.appSparkVersion() : "?";
    }

    private static boolean attemptsAreNamed(ApplicationInfo app) {
        return CollectionConverters.asJava(app.attempts()).stream()
            .allMatch(each -> each.attemptId().isEmpty() || ID.matcher(each.attemptId().get()).matches());
    }

    private static ApplicationAttemptInfo newest(ApplicationInfo app) {
        return app.attempts().head();
    }
}
