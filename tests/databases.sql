-- A database as the bot made it before its tables had versions, with a row of everything. For SQLite and PostgreSQL.
CREATE TABLE answers (
  chat BIGINT NOT NULL,
  message BIGINT NOT NULL,
  question BIGINT NOT NULL,
  html TEXT NOT NULL,
  choices TEXT NOT NULL,
  "before" TEXT NOT NULL,
  why TEXT DEFAULT '' NOT NULL,
  intent VARCHAR(80) DEFAULT '' NOT NULL,
  expires DOUBLE PRECISION NOT NULL,
  person BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (chat, message)
);
INSERT INTO "answers" VALUES(-1001234567890123,11,10,'<b>4</b> observers','[["In 2012?", "who were observers in 2012?"], ["Иран", "когда вступил Иран?"]]','','why; it says','who_has_status',1702592000.0,7000000000);
CREATE TABLE broadcasts (
  id VARCHAR(16) NOT NULL,
  person BIGINT NOT NULL,
  message BIGINT NOT NULL,
  html TEXT NOT NULL,
  state VARCHAR(8) NOT NULL,
  lease DOUBLE PRECISION NOT NULL,
  written DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO "broadcasts" VALUES('b1',9,50,'<b>Hello</b>','running',0.0,1700000000.0);
CREATE TABLE conversations (
  chat BIGINT NOT NULL,
  person BIGINT NOT NULL,
  thread BIGINT NOT NULL,
  context TEXT NOT NULL,
  question BIGINT NOT NULL,
  expires DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (chat, person, thread)
);
INSERT INTO "conversations" VALUES(-1001234567890123,7000000000,5,'{"turn": 1}',10,1700001800.0);
CREATE TABLE pictures (
  digest VARCHAR(64) NOT NULL,
  picture TEXT NOT NULL,
  file TEXT,
  style VARCHAR(64),
  expires DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (digest)
);
INSERT INTO "pictures" VALUES('0123','{"title": "Ж"}','file-id','style',1702592000.0);
CREATE TABLE quiz_answers (
  poll VARCHAR(64) NOT NULL,
  person BIGINT NOT NULL,
  chat BIGINT NOT NULL,
  seed BIGINT NOT NULL,
  was_right INTEGER NOT NULL,
  PRIMARY KEY (poll, person)
);
INSERT INTO "quiz_answers" VALUES('p1',7,-100,77,1);
CREATE TABLE quiz_polls (
  poll VARCHAR(64) NOT NULL,
  chat BIGINT NOT NULL,
  seed BIGINT NOT NULL,
  "right" INTEGER NOT NULL,
  asked DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (poll)
);
INSERT INTO "quiz_polls" VALUES('p1',-100,77,2,1700000000.0);
CREATE TABLE quizzes (
  chat BIGINT NOT NULL,
  thread BIGINT NOT NULL,
  seed BIGINT NOT NULL,
  language VARCHAR(8) NOT NULL,
  number INTEGER NOT NULL,
  rounds INTEGER NOT NULL,
  poll VARCHAR(64) NOT NULL,
  message BIGINT NOT NULL,
  asked DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (chat, thread)
);
INSERT INTO "quizzes" VALUES(-100,5,77,'en',1,3,'p1',9,1700000000.0);
CREATE TABLE recipients (
  broadcast VARCHAR(16) NOT NULL,
  chat BIGINT NOT NULL,
  thread BIGINT NOT NULL,
  person BIGINT NOT NULL,
  state VARCHAR(8) NOT NULL,
  PRIMARY KEY (broadcast, chat, thread)
);
INSERT INTO "recipients" VALUES('b1',1,0,7,'waiting');
CREATE TABLE reloads (
  id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO "reloads" VALUES(1,1);
CREATE TABLE replicas (
  name VARCHAR(200) NOT NULL,
  version VARCHAR(80) NOT NULL,
  problems INTEGER NOT NULL,
  reload INTEGER NOT NULL,
  seen DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO "replicas" VALUES('host/1','aaaa',0,0,1700000000.0);
CREATE TABLE subscriptions (
  chat BIGINT NOT NULL,
  thread BIGINT NOT NULL,
  person BIGINT NOT NULL,
  language VARCHAR(8) NOT NULL,
  zone VARCHAR(64) NOT NULL,
  minute INTEGER NOT NULL,
  due DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (chat, thread)
);
INSERT INTO "subscriptions" VALUES(1,0,7,'ru','Asia/Tashkent',540,1700000100.5);
CREATE TABLE unanswered (
  digest VARCHAR(64) NOT NULL,
  question TEXT NOT NULL,
  times INTEGER NOT NULL,
  first_asked DOUBLE PRECISION NOT NULL,
  last_asked DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (digest)
);
INSERT INTO "unanswered" VALUES('8ebc829f113a2336db6c2ab72b7437afca015f58871129bc11e219db89b841b4','Who won O''Brien''s cup?',1,1700000000.0,1700000000.0);
CREATE TABLE updates (
  id BIGINT NOT NULL,
  done INTEGER NOT NULL,
  lease DOUBLE PRECISION NOT NULL,
  holder VARCHAR(32) DEFAULT '' NOT NULL,
  payload TEXT,
  PRIMARY KEY (id)
);
INSERT INTO "updates" VALUES(7,2,1700000010.0,'00032109de084f28834b688083764c00','{"update_id": 7}');
INSERT INTO "updates" VALUES(8,1,1700172800.0,'00032109de084f28834b688083764c00',NULL);
CREATE TABLE votes (
  chat BIGINT NOT NULL,
  message BIGINT NOT NULL,
  person BIGINT NOT NULL,
  value INTEGER NOT NULL,
  intent VARCHAR(80) NOT NULL,
  expires DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (chat, message, person)
);
INSERT INTO "votes" VALUES(-1001234567890123,11,7,1,'who_has_status',1715552000.0);
CREATE INDEX ix_conversations_expires ON conversations (expires);
CREATE INDEX updates_by_lease ON updates (done, lease);
CREATE INDEX answers_by_question ON answers (chat, question);
CREATE INDEX ix_answers_expires ON answers (expires);
CREATE INDEX ix_votes_expires ON votes (expires);
CREATE INDEX ix_pictures_expires ON pictures (expires);
CREATE INDEX ix_unanswered_last_asked ON unanswered (last_asked);
CREATE INDEX ix_quiz_polls_asked ON quiz_polls (asked);
CREATE INDEX quiz_answers_by_person ON quiz_answers (person);
CREATE INDEX quiz_answers_by_chat ON quiz_answers (chat, seed);
CREATE INDEX ix_subscriptions_due ON subscriptions (due);
CREATE INDEX ix_subscriptions_person ON subscriptions (person);
CREATE INDEX ix_recipients_person ON recipients (person);
