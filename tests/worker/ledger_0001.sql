-- A ledger of version 0001 with one task, as the program of that version wrote it.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE intents (
	"key" VARCHAR(64) NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	rule VARCHAR(128) NOT NULL, 
	deal_id VARCHAR(64) NOT NULL, 
	anchor VARCHAR(32), 
	state VARCHAR(16) NOT NULL, 
	payload TEXT NOT NULL, 
	payload_hash VARCHAR(64) NOT NULL, 
	attempts INTEGER NOT NULL, 
	armed_at VARCHAR(32), 
	ended_at VARCHAR(32), 
	reason VARCHAR(255) NOT NULL, 
	run_id INTEGER NOT NULL, 
	PRIMARY KEY ("key", action)
);
INSERT INTO "intents" VALUES('ft_done','create','won-no-follow-up','006A','2026-11-12T10:00:00+00:00','acked','{"body": "Purpose: none\nref: won-no-follow-up@01234567 \u00b7 ft_done", "contact_id": null, "deal_id": "006A", "due": "2026-11-20", "high_priority": false, "owner_id": "005", "subject": "Follow up with Northwind"}','8951bd81ef05dbbd2cb6b4b8c786b90fddc1894ecd6a6a1220f5ec7d475b3372',1,'2026-11-19T12:00:00+00:00','2026-11-19T12:00:00+00:00','',1);
INSERT INTO "intents" VALUES('ft_unknown','create','won-no-follow-up','006B','2026-11-12T10:00:00+00:00','unknown','{"body": "Purpose: none\nref: won-no-follow-up@01234567 \u00b7 ft_unknown", "contact_id": null, "deal_id": "006B", "due": "2026-11-20", "high_priority": false, "owner_id": "005", "subject": "Follow up with Northwind"}','71ea769e9c001ba3d1386d896fa84c3906a4c1551bac17c659b9c2c9f0e6f485',1,'2026-11-19T12:00:00+00:00','2026-11-19T12:00:00+00:00','no_answer',1);
INSERT INTO "intents" VALUES('ft_alert','alert','won-no-follow-up','006A','2026-11-12T10:00:00+00:00','acked','{"body": "- won\nref: won-no-follow-up@01234567 \u00b7 ft_alert", "deal_id": "006A", "due": "2026-11-20", "owner_id": "005M", "title": "Northwind waits"}','3764fda7920dc90e5a4409b2facc354a909594b5d284973d56fde7c0dd1eb682',1,'2026-11-19T12:00:00+00:00','2026-11-19T12:00:00+00:00','notification',1);
INSERT INTO "intents" VALUES('ft_planned','create','won-no-follow-up','006C','2026-11-12T10:00:00+00:00','planned','{"body": "Purpose: none\nref: won-no-follow-up@01234567 \u00b7 ft_planned", "contact_id": null, "deal_id": "006C", "due": "2026-11-20", "high_priority": false, "owner_id": "005", "subject": "Follow up with Northwind"}','2c87e9fcab89bd0b00b31a150e1d315e27d73870df6852eceaa25233b4078d6c',0,NULL,NULL,'',1);
INSERT INTO "intents" VALUES('ft_done','close','won-no-follow-up','006A','2026-11-12T10:00:00+00:00','planned','{"line": "Closed by Followthrough: call.", "task_id": "00T1"}','a4a48dc10fb8eac714a352d2f5ee7a9f01bd668cd92ee6e2aa7971a1f337a3ad',0,NULL,NULL,'',1);
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE rules (
	rule VARCHAR(128) NOT NULL, 
	meaning VARCHAR(64) NOT NULL, 
	live_since VARCHAR(32), 
	PRIMARY KEY (rule)
);
INSERT INTO "rules" VALUES('won-no-follow-up','0123','2026-11-19T12:00:00+00:00');
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	command VARCHAR(32) NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	ended_at VARCHAR(32), 
	outcome VARCHAR(32), 
	summary TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE schedule (
	job VARCHAR(64) NOT NULL, 
	next_due VARCHAR(32) NOT NULL, 
	last_start VARCHAR(32), 
	last_end VARCHAR(32), 
	PRIMARY KEY (job)
);
CREATE TABLE tasks (
	"key" VARCHAR(64) NOT NULL, 
	rule VARCHAR(128) NOT NULL, 
	deal_id VARCHAR(64) NOT NULL, 
	anchor VARCHAR(32), 
	owner_id VARCHAR(64), 
	task_id VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	written_at VARCHAR(32) NOT NULL, 
	ended_at VARCHAR(32), 
	PRIMARY KEY ("key")
);
INSERT INTO "tasks" VALUES('ft_done','won-no-follow-up','006A','2026-11-12T10:00:00+00:00','005','00T1','open','2026-11-19T12:00:00+00:00',NULL);
CREATE INDEX ix_tasks_deal_id ON tasks (deal_id);
CREATE INDEX ix_intents_state ON intents (state);
COMMIT;
