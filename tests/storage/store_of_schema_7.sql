BEGIN TRANSACTION;
CREATE TABLE cells (
                sweep TEXT NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
                place INTEGER NOT NULL,         -- row by row from the top left
                run TEXT NOT NULL,              -- may be gone: a deleted run leaves an empty cell
                PRIMARY KEY (sweep, place)
            );
INSERT INTO "cells" VALUES('v3dfssrqslsm5hz5ekyxyz6rwz',0,'6ced2ngiesspeg7gq5z6zkhvwu');
INSERT INTO "cells" VALUES('v3dfssrqslsm5hz5ekyxyz6rwz',1,'ulolavq4e4niojberc2tngzial');
CREATE TABLE lessons (
                id TEXT PRIMARY KEY,            -- hash of kind, request, pack and code: core.lesson.jobs
                kind TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON
                pack TEXT NOT NULL,
                status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'computing', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                share REAL NOT NULL DEFAULT 0,  -- 0 … 1, how far it is
                asked REAL NOT NULL             -- seconds since the epoch, when somebody last did
            );
INSERT INTO "lessons" VALUES('a99f6fd32814354b9f29e945e761d875','noise','{"scene": "fox", "seed": 90}','miniature','done','',1.0,1.79571780064570403097e+09);
INSERT INTO "lessons" VALUES('80c30a182ea36ba99381bd1cdd480051','noise','{"scene": "fox", "seed": 91}','miniature','failed','It could not.',1.0,1.79571780065384316443e+09);
INSERT INTO "lessons" VALUES('124036afd87ca50bf9a15c00b7d43f16','noise','{"scene": "fox", "seed": 92}','miniature','computing','',0.5,1.79571780065420079234e+09);
INSERT INTO "lessons" VALUES('542dbfb9cd835c9deb6b320786266693','noise','{"scene": "fox", "seed": 93}','miniature','waiting','',0.0,1.79571780065448522562e+09);
CREATE TABLE measurements (
                id TEXT PRIMARY KEY,            -- random: knowing it allows viewing
                status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'measuring', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL,            -- sha256 of the secret that may list and remove
                name TEXT NOT NULL,             -- of the file
                width INTEGER NOT NULL,         -- of the picture as it came
                height INTEGER NOT NULL,
                prompt TEXT NOT NULL,
                pack TEXT NOT NULL,
                result TEXT NOT NULL DEFAULT '{}',
                created REAL NOT NULL
            );
INSERT INTO "measurements" VALUES('ien43jtwi6zsytd6yxikef3d6k','done','','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','tiger''s ¼ 0.png',90,60,'a fox','miniature','{"score": 0.25, "heldout": 0.5, "realism": 0.75, "components": {"a": 1.5}}',1.7957178004820787907e+09);
INSERT INTO "measurements" VALUES('3vsgj3ylwk55h6omsg4ubuonxj','failed','It''s broken.','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','tiger''s ¼ 1.png',90,60,'a fox','miniature','{}',1.79571780060824680324e+09);
INSERT INTO "measurements" VALUES('5dpbczkswfd2po7xk2dseqp3ur','measuring','','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','tiger''s ¼ 2.png',90,60,'a fox','miniature','{}',1.7957178006155834198e+09);
INSERT INTO "measurements" VALUES('x5ssnsg2msbjjw3bmoyplkbsbn','waiting','','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','tiger''s ¼ 3.png',90,60,'a fox','miniature','{}',1.79571780061622476585e+09);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('secret','ffaef8ce639c15ff5b6b32fd902f9d51e44c342c39b50d2cd656b2a76ab62c58');
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied REAL);
INSERT INTO "migrations" VALUES(1,'runs, their steps and the painter process',1.79571780012195610998e+09);
INSERT INTO "migrations" VALUES(2,'the gallery: stars, deletion with undo, disk use',1.79571780012233757966e+09);
INSERT INTO "migrations" VALUES(3,'people''s own pictures',1.79571780012243390088e+09);
INSERT INTO "migrations" VALUES(4,'sweeps, their place in the queue, memory of a run',1.79571780012279987332e+09);
INSERT INTO "migrations" VALUES(5,'what the lesson pages asked to be computed',1.79571780012292981148e+09);
INSERT INTO "migrations" VALUES(6,'rankings of pictures by a prompt',1.79571780012303137781e+09);
INSERT INTO "migrations" VALUES(7,'people take turns',1.79571780012318420408e+09);
CREATE TABLE painter (
                id INTEGER PRIMARY KEY CHECK (id = 1), -- one painter process per store
                worker TEXT NOT NULL,
                pid INTEGER NOT NULL,
                state TEXT NOT NULL,
                message TEXT NOT NULL,
                run TEXT NOT NULL,
                ticks INTEGER NOT NULL,
                beat REAL NOT NULL
            );
CREATE TABLE rankings (
                id TEXT PRIMARY KEY,            -- random
                status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'judging', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL,            -- sha256 of the secret that may look at it
                prompt TEXT NOT NULL,
                pack TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON: which pictures, see core.lesson.rank_store
                figures TEXT NOT NULL DEFAULT '{}',
                created REAL NOT NULL           -- seconds since the epoch
            );
INSERT INTO "rankings" VALUES('helqtvkj6xkmtoxzjqqnu3xfbi','done','','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','a fox 0 🦊','miniature','["12c9c1651b4362fc", []]','{"scenes": [[0.5, 0.25]]}',1.79571780063189458849e+09);
INSERT INTO "rankings" VALUES('p4mdiv5zkov74q5sym6ijsusjw','failed','No word.','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','a fox 1 🦊','miniature','["12c9c1651b4362fc", ["ien43jtwi6zsytd6yxikef3d6k"]]','{}',1.7957178006320605278e+09);
INSERT INTO "rankings" VALUES('2srqtkiz6fxr4kmza7qn5ag6sh','judging','','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','a fox 2 🦊','miniature','["12c9c1651b4362fc", ["3vsgj3ylwk55h6omsg4ubuonxj", "ien43jtwi6zsytd6yxikef3d6k"]]','{}',1.79571780063213896753e+09);
INSERT INTO "rankings" VALUES('ynfgncjvkutetwfxpagbksxlzw','waiting','','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff','a fox 3 🦊','miniature','["12c9c1651b4362fc", ["3vsgj3ylwk55h6omsg4ubuonxj", "5dpbczkswfd2po7xk2dseqp3ur", "ien43jtwi6zsytd6yxikef3d6k"]]','{}',1.79571780063220500945e+09);
CREATE TABLE runs (
                id TEXT PRIMARY KEY,
                status TEXT NOT NULL CHECK (status IN
                    ('queued', 'running', 'done', 'stopped', 'failed', 'interrupted')),
                reason TEXT NOT NULL DEFAULT '',
                request TEXT NOT NULL,          -- RunRequest.canonical()
                pack_hash TEXT NOT NULL,
                code_revision TEXT NOT NULL,
                owner TEXT NOT NULL DEFAULT '', -- sha256 of the secret that may cancel
                created REAL NOT NULL,          -- seconds since the epoch
                started REAL,
                finished REAL,
                ticket INTEGER NOT NULL,        -- place in the queue
                attempt INTEGER NOT NULL DEFAULT 1,
                interruptions INTEGER NOT NULL DEFAULT 0,
                cancel INTEGER NOT NULL DEFAULT 0,
                worker TEXT NOT NULL DEFAULT '',
                folder TEXT NOT NULL DEFAULT '' -- an imported run's folder; its frames stay there
            , starred INTEGER NOT NULL DEFAULT 0, deleted_at REAL, bytes INTEGER NOT NULL DEFAULT 0, weighed REAL NOT NULL DEFAULT 0, priority INTEGER NOT NULL DEFAULT 0, peak INTEGER NOT NULL DEFAULT 0, turn INTEGER NOT NULL DEFAULT 0);
INSERT INTO "runs" VALUES('d7xfhvxaayohk7c2fxd6lcmuv6','done','','{"pack":"miniature","prompt":"a red fox \"quoted\" 🦊","seed":0,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2}}}','hash','d0ca66193afee7ed','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79571780012472558018e+09,1.79571780012498617177e+09,1.79571780015451741216e+09,1,1,0,0,'w','',0,NULL,0,0.0,0,0,1);
INSERT INTO "runs" VALUES('ib75thviwf2l3lphcls6krdaac','queued','','{"pack":"miniature","prompt":"a red fox \"quoted\" 🦊","seed":1,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2}}}','hash','d0ca66193afee7ed','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79571780015482616423e+09,NULL,NULL,2,1,0,0,'','',0,NULL,0,0.0,0,0,2);
INSERT INTO "runs" VALUES('6ced2ngiesspeg7gq5z6zkhvwu','queued','','{"pack":"miniature","prompt":"a fox","seed":0,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":1}}}','hash','d0ca66193afee7ed','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79571780015521931649e+09,NULL,NULL,3,1,0,0,'','',0,NULL,0,0.0,1,0,1);
INSERT INTO "runs" VALUES('ulolavq4e4niojberc2tngzial','queued','','{"pack":"miniature","prompt":"a fox","seed":0,"settings":{"pixels":{"canvas":"raw","cutouts":1,"init_noise":0.01,"learning_rate":0.05,"steps":2}}}','hash','d0ca66193afee7ed','3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',1.79571780015540456774e+09,NULL,NULL,4,1,0,0,'','',0,NULL,0,0.0,1,0,2);
CREATE TABLE steps (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: readers poll for what is newer
                run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
                painter TEXT NOT NULL,
                step INTEGER NOT NULL,
                total INTEGER NOT NULL,
                attempt INTEGER NOT NULL,
                seconds REAL NOT NULL,
                evaluations INTEGER NOT NULL,
                score REAL NOT NULL,
                heldout REAL NOT NULL,
                realism REAL NOT NULL,
                components TEXT NOT NULL,
                has_frame INTEGER NOT NULL DEFAULT 1,
                UNIQUE (run, painter, step)
            );
INSERT INTO "steps" VALUES(1,'d7xfhvxaayohk7c2fxd6lcmuv6','pixels',0,2,1,0.0,0,0.0,0.2,0.3,'{"statistics": 0.4}',1);
INSERT INTO "steps" VALUES(2,'d7xfhvxaayohk7c2fxd6lcmuv6','pixels',1,2,1,0.5,1,0.1,0.2,0.3,'{"statistics": 0.4}',1);
INSERT INTO "steps" VALUES(3,'d7xfhvxaayohk7c2fxd6lcmuv6','pixels',2,2,1,1.0,2,0.2,0.2,0.3,'{"statistics": 0.4}',1);
CREATE TABLE sweeps (
                id TEXT PRIMARY KEY,
                plan TEXT NOT NULL,             -- core.sweeps.Plan.canonical()
                created REAL NOT NULL           -- seconds since the epoch
            );
INSERT INTO "sweeps" VALUES('v3dfssrqslsm5hz5ekyxyz6rwz','{"base":{"pixels":{}},"pack":"miniature","painter":"pixels","prompt":"a fox","seed":0,"x":["steps",[1,2]],"y":null}',1.79571780015549874306e+09);
CREATE INDEX runs_by_status ON runs (status, ticket);
CREATE INDEX steps_by_seq ON steps (run, seq);
CREATE INDEX measurements_by_status ON measurements (status, created);
CREATE INDEX lessons_by_status ON lessons (status, asked);
CREATE INDEX rankings_by_status ON rankings (status, created);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('steps',3);
COMMIT;
