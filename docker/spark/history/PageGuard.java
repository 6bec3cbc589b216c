package sparkoneks.history;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * Keeps what an event log says from becoming a part of the history server's pages.
 *
 * <p>Whoever may write an event log chooses each text in it. Spark's pages fetch those texts as JSON and make
 * HTML of them by putting strings together (executorspage.js, stagepage.js, historypage.js and utils.js of Spark
 * 4.1.2), links among them. Here the JSON that a page asks for has no sign in it that begins an element or ends
 * an attribute, but one that looks like it, and links of logs lead to pages of the web or nowhere. Programs, which do not say that they are a page, get the
 * JSON as it is. What is still missed can send nothing elsewhere but by leaving the page.
 */
public final class PageGuard implements Filter {
    /** Spark's pages have scripts in them, and styles; whatever they load is the server's own. */
    static final String POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        + "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'";

    private static final Set<String> LINKS = Set.of("executorLogs", "logs", "processLogs");
    private static final Pattern LINK = Pattern.compile("https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%\\[\\]-]+");
    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest) || !(response instanceof HttpServletResponse)) {
            chain.doFilter(request, response);
            return;
        }
        HttpServletResponse answer = (HttpServletResponse) response;
        answer.setHeader("Content-Security-Policy", POLICY);
        answer.setHeader("Referrer-Policy", "no-referrer");
        if (!"XMLHttpRequest".equals(((HttpServletRequest) request).getHeader("X-Requested-With"))) {
            chain.doFilter(request, response);
            return;
        }
        Held held = new Held(answer);
        chain.doFilter(request, held);
        held.release();
    }

    /** Copies JSON, with the texts made harmless. */
    static void copy(byte[] from, OutputStream to) throws IOException {
        try (JsonParser in = JSON.createParser(from); JsonGenerator out = JSON.createGenerator(to)) {
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            int links = 0;
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                switch (token) {
                    case FIELD_NAME -> out.writeFieldName(plain(in.currentName()));
                    case VALUE_STRING -> out.writeString(links > 0 ? link(in.getText()) : plain(in.getText()));
                    default -> out.copyCurrentEvent(in);
                }
                if (token == JsonToken.START_OBJECT && (links > 0 || LINKS.contains(name(in)))) {
                    links++;
                } else if (token == JsonToken.END_OBJECT && links > 0) {
                    links--;
                }
            }
        }
    }

    /** The name of the field that the object which has just begun is the value of. */
    private static String name(JsonParser in) {
        String name = in.getParsingContext().getParent().getCurrentName();
        return name == null ? "" : name;
    }

    private static String link(String text) {
        return LINK.matcher(text).matches() ? text : "#";
    }

    private static String plain(String text) {
        return text.replace('<', '\u2039').replace('>', '\u203a').replace('"', '\u201d').replace('\'', '\u2019');
    }

    /** Holds an answer back until it is whole: whether it is JSON is only known then. */
    private static final class Held extends HttpServletResponseWrapper {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final PrintWriter writer = new PrintWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));

        Held(HttpServletResponse answer) {
            super(answer);
        }

        @Override
        public ServletOutputStream getOutputStream() {
            return new ServletOutputStream() {
                @Override
                public void write(int each) {
                    bytes.write(each);
                }

                @Override
                public void write(byte[] from, int at, int length) {
                    bytes.write(from, at, length);
                }

                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setWriteListener(WriteListener listener) {
                    throw new UnsupportedOperationException("answers are written at once");
                }
            };
        }

        @Override
        public PrintWriter getWriter() {
            return writer;
        }

        @Override
        public void setContentLength(int length) {
            // It is another length afterwards.
        }

        @Override
        public void setContentLengthLong(long length) {
            // It is another length afterwards.
        }

        @Override
        public void flushBuffer() {
            // Not before it is whole.
        }

        void release() throws IOException {
            writer.flush();
            byte[] whole = bytes.toByteArray();
            String type = getContentType();
            OutputStream target = getResponse().getOutputStream();
            if (type != null && type.startsWith("application/json") && whole.length > 0) {
                copy(whole, target);
            } else {
                target.write(whole);
            }
        }
    }
}
